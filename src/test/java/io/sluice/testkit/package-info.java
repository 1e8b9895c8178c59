/** Real sockets that speak HTTP/1.1 to the byte: clients, backends, readers, certificates. */
@NullMarked
package io.sluice.testkit;

import org.jspecify.annotations.NullMarked;
