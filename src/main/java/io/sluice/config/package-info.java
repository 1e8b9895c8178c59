/** The wanted world as validated immutable records; no I/O, no Spring, no Netty. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.sluice.config;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
