/** What is shipped: the chart, the image and the packages, held against what they promise. */
@NullMarked
package io.sluice.packaging;

import org.jspecify.annotations.NullMarked;
