using System.Buffers;

namespace CloudStream.Records.Tests;

/// <summary>Bytes cut into segments of a sequence, as they lie in the blocks of a connection.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(byte[] bytes, int pieceBytes)
    {
        if (pieceBytes >= bytes.Length)
            return new(bytes);
        Piece? first = null, last = null;
        for (var at = 0; at < bytes.Length; at += pieceBytes)
        {
            last = new Piece(bytes.AsMemory(at, Math.Min(pieceBytes, bytes.Length - at)), last);
            first ??= last;
        }

        return new(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            RunningIndex = before is null ? 0 : before.RunningIndex + before.Memory.Length;
            before?.Next = this;
        }
    }
}
