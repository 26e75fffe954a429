using CloudStream.Engine;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CloudStream.Http.Tail;

/// <summary>An endless answer while it is open: counted, ended when the application stops, and never cut off for being quiet.</summary>
internal sealed class TailStart : IDisposable
{
    private readonly HttpFace _face;
    private readonly CancellationTokenSource _ends;

    private TailStart(HttpFace face, HttpContext context)
    {
        _face = face;
        _ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, face.Stopping);
    }

    /// <summary>Signalled when the client is gone or the application stops.</summary>
    public CancellationToken Ended => _ends.Token;

    /// <exception cref="RequestRejectedException">As many as allowed are open.</exception>
    public static TailStart Open(HttpFace face, HttpContext context)
    {
        if (!face.Meters.TryOpenTail(face.Options.MaxTails))
            throw new RequestRejectedException(Problem.From(ErrorCode.Overloaded, $"{face.Options.MaxTails} streams of records are open, which is the limit."));
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return new TailStart(face, context);
    }

    public void Dispose()
    {
        _ends.Dispose();
        _face.Meters.CloseTail();
    }
}
