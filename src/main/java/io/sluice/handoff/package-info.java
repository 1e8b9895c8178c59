/**
 * How a serving process gives its listening sockets, its state and its store to the next one, so
 * that either of the two may fail at any step and the other serves on. The protocol is described in
 * {@code docs/reference/upgrade-protocol.md}.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"os"})
package io.sluice.handoff;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
