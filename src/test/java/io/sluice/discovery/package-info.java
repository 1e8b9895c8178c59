/** Services of Kubernetes, against what its API says and how its servers behave. */
@NullMarked
package io.sluice.discovery;

import org.jspecify.annotations.NullMarked;
