/** Connections to backends: connect, TLS, keep, reuse, retire; one idle pool per event loop. */
@NullMarked
@ApplicationModule(allowedDependencies = {"config", "http", "balance"})
package io.sluice.upstream;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
