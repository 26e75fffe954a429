using System.Numerics;
using CloudStream.Storage.Native;

namespace CloudStream.Log.Memory;

/// <summary>
/// 64 MiB of addresses for a <see cref="PageArena"/>: which units are taken, and which huge pages have memory. Not thread-safe.
/// </summary>
internal sealed class PageSlab : IDisposable
{
    private const int Bytes = 64 * 1024 * 1024;
    private const int Units = Bytes / PageArena.UnitBytes;
    private const int UnitsPerPage = HugePages.PageBytes / PageArena.UnitBytes;
    private const int WordBits = 64;

    private readonly HugePages _pages = new(Bytes);
    private readonly ulong[] _taken = new ulong[Units / WordBits];
    private readonly int[] _takenInPage = new int[Units / UnitsPerPage];
    private readonly bool[] _hasMemory = new bool[Units / UnitsPerPage];
    private int _free = Units;

    /// <summary>Whether nothing is taken.</summary>
    public bool IsEmpty => _free == Units;

    /// <summary>Pages that have memory although nothing in them is taken.</summary>
    public int IdlePages
    {
        get
        {
            var idle = 0;
            for (var page = 0; page < _hasMemory.Length; page++)
                idle += _hasMemory[page] && _takenInPage[page] == 0 ? 1 : 0;
            return idle;
        }
    }

    public bool Contains(nint address) => address >= _pages.Address && address < _pages.Address + Bytes;

    /// <summary>Takes the lowest run of so many units.</summary>
    public bool TryTake(int units, ref int idlePages, out nint address)
    {
        address = 0;
        if (_free < units || FindRun(units) is not (>= 0 and var first))
            return false;
        for (var unit = first; unit < first + units; unit++)
        {
            _taken[unit / WordBits] |= 1UL << (unit % WordBits);
            var page = unit / UnitsPerPage;
            if (_takenInPage[page]++ > 0)
                continue;
            if (_hasMemory[page])
                idlePages--;
            _hasMemory[page] = true;
        }

        _free -= units;
        address = _pages.Address + ((nint)first * PageArena.UnitBytes);
        return true;
    }

    /// <summary>Gives units back.</summary>
    /// <param name="address">What was taken.</param>
    /// <param name="units">How many.</param>
    /// <param name="keep">How many pages may keep their memory although nothing is left in them.</param>
    /// <returns>How many pages do.</returns>
    public int Release(nint address, int units, int keep)
    {
        var first = (int)((address - _pages.Address) / PageArena.UnitBytes);
        var kept = 0;
        for (var unit = first; unit < first + units; unit++)
        {
            _taken[unit / WordBits] &= ~(1UL << (unit % WordBits));
            var page = unit / UnitsPerPage;
            if (--_takenInPage[page] > 0)
                continue;
            if (kept < keep)
            {
                kept++;
                continue;
            }

            _pages.Discard(page);
            _hasMemory[page] = false;
        }

        _free += units;
        return kept;
    }

    public void Dispose() => _pages.Dispose();

    private int FindRun(int units)
    {
        var run = 0;
        for (var unit = 0; unit < Units;)
        {
            // Whole words at a time where they are full, and as far as they are free.
            var rest = _taken[unit / WordBits] >> (unit % WordBits);
            var left = WordBits - (unit % WordBits);
            var free = Math.Min(BitOperations.TrailingZeroCount(rest), left);
            if (run + free >= units)
                return unit - run;
            run = free == left ? run + free : 0;
            unit += free == left ? left : free + Math.Min(BitOperations.TrailingZeroCount(~(rest >> free)), left - free);
        }

        return -1;
    }
}
