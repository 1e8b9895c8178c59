/** The dashboard in a real browser, against the packaged program and backends on real sockets. */
@org.jspecify.annotations.NullMarked
package io.sluice.browser;
