/**
 * System calls that Java has no API for, by {@code java.lang.foreign}: signals as they come with
 * their sender, sockets that pass descriptors on, descriptors by number, another user. Linux with
 * glibc or musl, 64 bits; callers ask {@link io.sluice.os.Descriptors#isSupported} before they rely
 * on it. What fails says which call and why.
 */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.sluice.os;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
