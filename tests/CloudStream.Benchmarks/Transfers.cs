using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Native;
using CloudStream.Storage.Objects;

namespace CloudStream.Benchmarks;

/// <summary>
/// What the local object store makes of a disk: objects of 2 MiB put one after the other, each durable before the next, and read back three
/// at a time into memory of three kinds. What is read past the page cache comes from the disk each time.
/// </summary>
internal static class Transfers
{
    private const int ObjectBytes = 2 * 1024 * 1024;
    private const int Readers = 3;

    public static async Task RunAsync(string[] arguments)
    {
        int objects = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 512;
        string folder = arguments.Length > 1 ? arguments[1] : Directory.CreateTempSubdirectory("transfers-").FullName;
        Console.WriteLine($"{objects} objects of {ObjectBytes / 1024 / 1024} MiB in {folder}");
        foreach (bool direct in new[] { false, true })
        {
            string below = Path.Combine(folder, direct ? "direct" : "cached");
            using var store = new LocalObjectStore(below, new LocalStoreOptions { DirectTransfers = direct });
            var content = new byte[ObjectBytes];
            Random.Shared.NextBytes(content);
            await MeasureAsync(direct ? "put past the page cache" : "put through the page cache", objects,
                i => store.PutAsync(NameOf(i), [content], CancellationToken.None).AsTask(), 1);
            if (direct)
                await ReadAsync(store, objects);
            Directory.Delete(below, recursive: true);
        }

        if (arguments.Length < 2)
            Directory.Delete(folder, recursive: true);
    }

    private static async Task ReadAsync(LocalObjectStore store, int objects)
    {
        var arrays = Rooms(() => new byte[ObjectBytes]);
        await MeasureAsync("read into arrays", objects, i => ReadAsync(store, i, arrays[i % Readers]), Readers);
        var small = Rooms(() => new Room(small: true).Memory);
        await MeasureAsync("read into pages of 4 KiB", objects, i => ReadAsync(store, i, small[i % Readers]), Readers);
        var huge = Rooms(() => new Room(small: false).Memory);
        await MeasureAsync("read into pages of 2 MiB", objects, i => ReadAsync(store, i, huge[i % Readers]), Readers);
    }

    private static Memory<byte>[] Rooms(Func<Memory<byte>> create) => [.. Enumerable.Range(0, Readers).Select(_ => create())];

    private static async Task ReadAsync(LocalObjectStore store, int index, Memory<byte> room)
    {
        if ((await store.GetRangeAsync(NameOf(index), 0, ObjectBytes, room, CancellationToken.None)).Length != ObjectBytes)
            throw new InvalidOperationException("an object is too short");
    }

    private static async Task MeasureAsync(string what, int objects, Func<int, Task> run, int atOnce)
    {
        var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async first =>
        {
            for (int i = first; i < objects; i += atOnce)
                await run(i);
        }));
        double gib = (double)objects * ObjectBytes / 1024 / 1024 / 1024;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(
            $"{what,-28} {gib * 1024 / elapsed.TotalSeconds,6:0} MiB/s  {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds / gib:0.00} "
                + "CPU-s/GiB");
    }

    private static string NameOf(int index) => $"transfers/{index}";

    /// <summary>Room for an object and what a disk adds to it, at a page.</summary>
    private sealed unsafe class Room(bool small) : MemoryManager<byte>
    {
        private const int Bytes = ObjectBytes + ObjectRanges.SlackBytes;

        private readonly nint _small = small ? (nint)NativeMemory.AlignedAlloc(Bytes, 4096) : 0;
        private readonly HugePages? _huge = small ? null : new HugePages(Bytes);

        public override Span<byte> GetSpan() => new((void*)Address, Bytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)Address + elementIndex, default, this);

        public override void Unpin()
        {
        }

        private nint Address => _huge?.Address ?? _small;

        protected override void Dispose(bool disposing)
        {
            _huge?.Dispose();
            if (small)
                NativeMemory.AlignedFree((void*)_small);
        }
    }
}
