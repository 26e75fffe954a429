using System.IO.Pipelines;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Transport;

/// <summary>The answer to a client for whose connection there is no place: no request is read for it.</summary>
internal static class NoPlaceAnswer
{
    private const int RetryAfterMs = 1000;

    /// <summary>Sends it, and takes what the client sends until it closes or the token ends the waiting.</summary>
    /// <exception cref="OperationCanceledException">The client has not closed meanwhile.</exception>
    public static async Task SendAsync(IDuplexPipe connection, int limit, CancellationToken cancellationToken)
    {
        var problem = new Problem(
            StatusCodes.Status503ServiceUnavailable, "too-many-connections", "Too many connections are open",
            $"The broker has {limit} connections, which is its limit; nothing was read of the request.") { RetryAfterMs = RetryAfterMs };
        await BareAnswer.WriteAsync(connection.Output, problem, cancellationToken);
        while (true)
        {
            var rest = await connection.Input.ReadAsync(cancellationToken);
            connection.Input.AdvanceTo(rest.Buffer.End);
            if (rest.IsCompleted || rest.IsCanceled)
                return;
        }
    }
}
