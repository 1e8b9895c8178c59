/** Live pools and backends, and the pure choice of one backend for one request. */
@NullMarked
@ApplicationModule(allowedDependencies = {"config"})
package io.sluice.balance;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
