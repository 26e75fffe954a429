using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Transport;

/// <summary>
/// Tells a client that speaks HTTP/2 without TLS (RFC 9113) that this port speaks HTTP/1.1: its first request is answered with status 505,
/// and HTTP_1_1_REQUIRED ends the connection. Just enough of the protocol for that.
/// </summary>
internal static class Http2Refusal
{
    private const int FrameHeaderBytes = 9;
    private const int MaxFrameBytes = 16 * 1024;
    private const byte Data = 0, Headers = 1, Settings = 4, GoAway = 7;
    private const byte EndStream = 1, EndHeaders = 4;
    private const int Http11Required = 13;

    // So that what the client still sends does not tear down what it has not read yet.
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(5);

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    // ":status: 505" and "content-type: application/problem+json", both literals whose names are in the static table (RFC 7541).
    private static ReadOnlySpan<byte> ResponseHeaders => "\u0008\u0003505\u000F\u0010\u0018application/problem+json"u8;

    /// <summary>Whether these are the first bytes of a client that speaks HTTP/2.</summary>
    public static Http2Start StartOf(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[24];
        var length = (int)Math.Min(bytes.Length, Preface.Length);
        bytes.Slice(0, length).CopyTo(first);
        return !Preface.StartsWith(first[..length]) ? Http2Start.No : length < Preface.Length ? Http2Start.Perhaps : Http2Start.Yes;
    }

    /// <summary>Reads to the first request, answers it, and waits a little for the client to close.</summary>
    public static async ValueTask AnswerAsync(IDuplexPipe connection, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_linger);
        try
        {
            if (await FirstStreamAsync(connection.Input, patience.Token) is not { } stream)
                return;
            Write(connection.Output, stream);
            await connection.Output.FlushAsync(patience.Token);
            while (true)
            {
                var rest = await connection.Input.ReadAsync(patience.Token);
                connection.Input.AdvanceTo(rest.Buffer.End);
                if (rest.IsCompleted || rest.IsCanceled)
                    return;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It was told; how it ends is its own affair.
        }
    }

    // Null: the client ended, or sent what is no HTTP/2.
    private static async ValueTask<uint?> FirstStreamAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var skip = Preface.Length;
        while (true)
        {
            var result = await input.ReadAtLeastAsync(skip + FrameHeaderBytes, cancellationToken);
            if (result.Buffer.Length < skip + FrameHeaderBytes)
            {
                input.AdvanceTo(result.Buffer.End);
                return null;
            }

            var (length, type, stream) = Read(result.Buffer.Slice(skip, FrameHeaderBytes));
            input.AdvanceTo(result.Buffer.GetPosition(skip + FrameHeaderBytes));
            if (type == Headers)
                return stream;
            if (length > MaxFrameBytes)
                return null;
            skip = length;
        }
    }

    private static (int Length, byte Type, uint Stream) Read(in ReadOnlySequence<byte> header)
    {
        Span<byte> bytes = stackalloc byte[FrameHeaderBytes];
        header.CopyTo(bytes);
        return ((bytes[0] << 16) | (bytes[1] << 8) | bytes[2], bytes[3], BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & int.MaxValue);
    }

    private static void Write(PipeWriter output, uint stream)
    {
        var problem = new Problem(
            StatusCodes.Status505HttpVersionNotsupported, "http-version-not-supported", "The HTTP version is not supported",
            "This port speaks HTTP/1.1, not HTTP/2 without TLS: "
            + "let the client begin with HTTP/1.1 (curl: without --http2-prior-knowledge).");
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, JsonResponse.WriterOptions))
            problem.WriteTo(json);
        Span<byte> end = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(end, stream);
        BinaryPrimitives.WriteInt32BigEndian(end[4..], Http11Required);
        WriteFrame(output, Settings, 0, 0, []);
        WriteFrame(output, Headers, EndHeaders, stream, ResponseHeaders);
        WriteFrame(output, Data, EndStream, stream, body.WrittenSpan);
        WriteFrame(output, GoAway, 0, 0, end);
    }

    private static void WriteFrame(PipeWriter output, byte type, byte flags, uint stream, ReadOnlySpan<byte> payload)
    {
        var header = output.GetSpan(FrameHeaderBytes);
        BinaryPrimitives.WriteInt32BigEndian(header, payload.Length << 8);
        (header[3], header[4]) = (type, flags);
        BinaryPrimitives.WriteUInt32BigEndian(header[5..], stream);
        output.Advance(FrameHeaderBytes);
        output.Write(payload);
    }
}
