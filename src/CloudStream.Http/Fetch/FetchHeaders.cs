using CloudStream.Http.Face;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Fetch;

/// <summary>Says in response headers where the log stands.</summary>
internal static class FetchHeaders
{
    public const string NextOffset = "CloudStream-Next-Offset";
    public const string HighWatermark = "CloudStream-High-Watermark";
    public const string LogStartOffset = "CloudStream-Log-Start-Offset";

    public static void Write(HttpResponse response, long nextOffset, long highWatermark, long logStartOffset)
    {
        response.Headers[NextOffset] = nextOffset.ToString();
        response.Headers[HighWatermark] = highWatermark.ToString();
        response.Headers[LogStartOffset] = logStartOffset.ToString();
        response.Headers.CacheControl = "no-store";
    }
}
