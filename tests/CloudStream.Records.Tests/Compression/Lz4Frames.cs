using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests.Compression;

/// <summary>LZ4 frames of every kind that the format has, by the system's library.</summary>
internal static unsafe class Lz4Frames
{
    /// <summary>Each size of blocks, dependent and independent ones, with and without each checksum and the content's size.</summary>
    public static IEnumerable<byte[]> All(byte[] plain)
    {
        foreach (var blockSizeId in (int[])[4, 5, 6, 7])
        {
            for (var flags = 0; flags < 16; flags++)
            {
                yield return Frame(plain, new Lz4Native.Preferences
                {
                    BlockSizeId = blockSizeId,
                    BlockMode = flags & 1,
                    ContentChecksum = flags >> 1 & 1,
                    BlockChecksum = flags >> 2 & 1,
                    ContentSize = (flags & 8) == 0 ? 0 : (ulong)plain.Length,
                });
            }
        }
    }

    private static byte[] Frame(byte[] plain, Lz4Native.Preferences preferences)
    {
        var room = new byte[(int)Lz4Native.LZ4F_compressFrameBound((nuint)plain.Length, &preferences)];
        fixed (byte* from = plain, to = room)
        {
            var written = Lz4Native.LZ4F_compressFrame(to, (nuint)room.Length, from, (nuint)plain.Length, &preferences);
            Assert.Equal(0U, Lz4Native.LZ4F_isError(written));
            return room[..(int)written];
        }
    }
}
