/**
 * What survives a restart: revisions, audit, accounts, operations and what was observed, in two
 * SQLite files beside each other. What operators want is durable when a call returns and has a
 * backup; what was observed is only worth having.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"config"})
package io.sluice.store;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
