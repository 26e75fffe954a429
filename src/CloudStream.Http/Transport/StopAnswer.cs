using System.IO.Pipelines;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Transport;

/// <summary>
/// The answer to half a request head on a server that stops. A server may close a connection at any time (RFC 9112, section 9.5), but
/// whoever was about to ask is better told: 503, that nothing was changed, and when to ask again.
/// </summary>
internal static class StopAnswer
{
    public static ValueTask WriteAsync(PipeWriter output) => BareAnswer.WriteAsync(
        output, Problem.From(ErrorCode.ShuttingDown, "The broker is shutting down; send the request again later."), CancellationToken.None);
}
