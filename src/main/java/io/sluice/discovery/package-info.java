/** Which endpoints a service stands for at the moment, as Kubernetes says it. */
@NullMarked
@ApplicationModule(allowedDependencies = "config")
package io.sluice.discovery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
