package io.sluice.handoff;

/**
 * How far the old process is with finishing.
 *
 * @param connections of clients, still open
 * @param requests in flight, tunnels included
 * @param state for the parts of the new process that follow it, as JSON
 */
public record Progress(int connections, int requests, String state) implements Word {}
