/** The one place that turns a configuration into a running data plane. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "config",
      "os",
      "http",
      "balance",
      "discovery",
      "upstream",
      "health",
      "proxy",
      "store"
    })
package io.sluice.control;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
