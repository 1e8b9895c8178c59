/** What integration tests share: the real process, HTTP, waiting for conditions. */
@NullMarked
package io.sluice.testing;

import org.jspecify.annotations.NullMarked;
