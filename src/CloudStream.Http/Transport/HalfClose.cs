using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Transport;

/// <summary>
/// What a connection knows of a client that has closed its sending half: it may wait for its answer (<c>nc -N</c>), or be gone, which looks
/// the same until something is sent to it. So whoever waits for something to happen answers with what there is.
/// </summary>
/// <param name="SentAll">Signalled when the client will send nothing more.</param>
internal sealed record HalfClose(CancellationToken SentAll)
{
    /// <summary>Signalled when the client of the request will send nothing more; never where connections do not tell.</summary>
    public static CancellationToken Of(HttpContext context) => context.Features.Get<HalfClose>()?.SentAll ?? CancellationToken.None;
}
