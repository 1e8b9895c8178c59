/** Metrics and access log: observers of what the data plane does. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "config",
      "http",
      "balance",
      "upstream",
      "health",
      "proxy",
      "control",
      "tls"
    })
package io.sluice.telemetry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
