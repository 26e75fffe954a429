namespace CloudStream.Client.Tests.Doubles;

/// <summary>What happens to one request.</summary>
internal sealed record Fault
{
    public string? PathEnd { get; init; }

    public HttpMethod? Method { get; init; }

    /// <summary>No connection: nothing reaches the broker.</summary>
    public bool Unreachable { get; init; }

    /// <summary>The broker acts, and the connection breaks before the reply.</summary>
    public bool LoseReply { get; init; }

    /// <summary>The broker replies so and does not act.</summary>
    public Func<HttpResponseMessage>? Reply { get; init; }

    /// <summary>The broker holds the request back until this is complete.</summary>
    public TaskCompletionSource? Gate { get; init; }

    /// <summary>What was fetched is damaged on the way.</summary>
    public Func<byte[], byte[]>? Damage { get; init; }

    /// <summary>Complete when the request has arrived.</summary>
    public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Fault Hold() => new() { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };

    public static Fault Answer(int status, string code, int? retryAfterSeconds = null) =>
        new() { Reply = () => FakeBroker.Problem(status, code, retryAfterSeconds) };

    public bool Matches(HttpRequestMessage request) => Method is null || Method == request.Method;
}
