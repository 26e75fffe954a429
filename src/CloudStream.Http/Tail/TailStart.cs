using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;
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
            throw new RequestRejectedException(
                Problem.From(ErrorCode.Overloaded, $"{face.Options.MaxTails} streams of records are open, which is the limit."));
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return new TailStart(face, context);
    }

    /// <summary>Sends the headers, so that the client knows that it is connected, and how the answer begins.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="writer">Writes it.</param>
    /// <param name="id">Where a client goes on that is cut off before its first record; empty for none.</param>
    /// <param name="cancellationToken">Ends the waiting for the client.</param>
    public static ValueTask BeginAsync(
        HttpResponse response, IRecordWriter writer, ReadOnlySpan<byte> id, CancellationToken cancellationToken)
    {
        writer.Begin(id);
        return SendAsync(response, writer, cancellationToken);
    }

    public void Dispose()
    {
        _ends.Dispose();
        _face.Meters.CloseTail();
    }

    private static async ValueTask SendAsync(HttpResponse response, IRecordWriter writer, CancellationToken cancellationToken)
    {
        await response.StartAsync(cancellationToken);
        await writer.FlushAsync(cancellationToken);
    }
}
