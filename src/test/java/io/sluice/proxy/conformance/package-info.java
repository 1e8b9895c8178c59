/** What RFC 9110 and 9112 demand of both sides of the proxy, to the byte. */
@NullMarked
package io.sluice.proxy.conformance;

import org.jspecify.annotations.NullMarked;
