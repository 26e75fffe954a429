using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Transport;

/// <summary>
/// The answer to half a request head on a server that stops. A server may close a connection at any time (RFC 9112, section 9.5), but
/// whoever was about to ask is better told: 503, that nothing was changed, and when to ask again.
/// </summary>
internal static class StopAnswer
{
    public static async ValueTask WriteAsync(PipeWriter output)
    {
        var problem = Problem.From(ErrorCode.ShuttingDown, "The broker is shutting down; send the request again later.");
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, JsonResponse.WriterOptions))
            problem.WriteTo(json);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {problem.Status} Service Unavailable\r\nConnection: close\r\nRetry-After: {(problem.RetryAfterMs + 999) / 1000}\r\n"
                + $"Content-Type: {Problem.ContentType}\r\nContent-Length: {body.WrittenCount}\r\n\r\n");
        Encoding.ASCII.GetBytes(head, output);
        output.Write(body.WrittenSpan);
        await output.FlushAsync();
    }
}
