/** Main program: command line, start, signals and stop. */
@NullMarked
@ApplicationModule(allowedDependencies = {"config", "control", "proxy", "store"})
package io.sluice.process;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
