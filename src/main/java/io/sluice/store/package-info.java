/** Where a configuration comes from: today a YAML file, read with the place of every value. */
@NullMarked
@ApplicationModule(allowedDependencies = {"config"})
package io.sluice.store;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
