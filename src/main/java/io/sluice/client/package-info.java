/** The command line's client of the management API: thin, on the JDK's HTTP client. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.sluice.client;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
