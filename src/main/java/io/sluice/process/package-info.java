/**
 * Main program: command line, start, signals and stop.
 *
 * <p>{@code main} is where the parts meet: it wires the observers of {@code telemetry} into the
 * data plane and starts the management plane of {@code admin}; nothing imports this package.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "config",
      "control",
      "proxy",
      "store",
      "telemetry",
      "admin",
      "client",
      "handoff",
      "listen",
      "tls",
      "os"
    })
package io.sluice.process;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
