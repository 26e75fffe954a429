namespace CloudStream.Kafka.Requests;

/// <summary>Where a request comes from.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Version">The version of request and response.</param>
/// <param name="ClientId">What the client calls itself, or null.</param>
/// <param name="Ending">For requests that wait: signalled when nobody waits for the answer any more, or the server stops and it should come
/// now.</param>
internal readonly record struct RequestContext(ConnectionInfo Connection, short Version, string? ClientId, CancellationToken Ending);
