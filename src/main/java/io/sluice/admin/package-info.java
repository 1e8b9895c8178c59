/** The management plane on WebFlux; speaks only of specs, revisions and statuses. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "config",
      "listen",
      "balance",
      "health",
      "control",
      "handoff",
      "store",
      "telemetry",
      "tls"
    })
package io.sluice.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
