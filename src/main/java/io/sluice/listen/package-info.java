/**
 * Listening sockets, whoever made them: bound here, made with a Unix socket's file, or taken over
 * from another process by their descriptor. Both planes put theirs under Reactor Netty through
 * this.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"config", "os"})
package io.sluice.listen;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
