package io.sluice.discovery;

import io.sluice.config.BackendSpec.AdminState;
import java.net.InetAddress;
import java.util.Map;

/**
 * One place that a backend's address stands for.
 *
 * @param weight multiplies the configured one, 0 to 65535; 1 where nothing else is said
 * @param priority the lower the better; each one that occurs is a tier
 * @param state what whoever runs it wants of it
 * @param labels what is known of it, for people and filters; the backend's own win
 */
public record DiscoveredEndpoint(
    InetAddress address,
    int port,
    int weight,
    int priority,
    AdminState state,
    Map<String, String> labels) {
  public DiscoveredEndpoint {
    labels = Map.copyOf(labels);
  }
}
