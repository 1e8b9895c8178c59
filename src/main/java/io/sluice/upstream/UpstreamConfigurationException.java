package io.sluice.upstream;

/** What a configuration says about connections to backends cannot be put to work. */
public final class UpstreamConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UpstreamConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
