/** The data plane: listeners, HTTP handlers, routing table, forwarding, error answers. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {"config", "http", "http2", "balance", "upstream", "listen", "tls"})
package io.sluice.proxy;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
