/**
 * What clients of TLS listeners are met with: certificates with their keys, chosen by what a client
 * says, exchanged when their files change, and what belongs to them: authorities of clients'
 * certificates, keys of session tickets.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"config"})
package io.sluice.tls;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
