/** Active checks and outlier detection: the only writers of what is observed of backends. */
@NullMarked
@ApplicationModule(allowedDependencies = {"config", "http", "balance", "upstream"})
package io.sluice.health;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
