/**
 * HTTP/2 on bytes (RFC 9113, RFC 7541): frames, header compression, streams, flow control, floods;
 * buffers only, no channel. Heads come out and go in as HTTP/1.1, so that one strict way leads
 * through the proxy.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"http"})
package io.sluice.http2;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
