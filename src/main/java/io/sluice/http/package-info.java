/** HTTP/1.1 on bytes: strict parsing, body framing and head writing; buffers only, no channel. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.sluice.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
