namespace CloudStream.Cli.Bench.Measuring;

/// <summary>
/// Values to produce: a ring of random bytes, so that neither compression nor equality flatters the numbers. The same every time.
/// </summary>
internal sealed class SampleValues
{
    private const int Ring = 64;
    private readonly byte[][] _values = new byte[Ring][];

    public SampleValues(int recordBytes)
    {
        var random = new Random(recordBytes);
        for (int i = 0; i < Ring; i++)
        {
            _values[i] = new byte[recordBytes];
            random.NextBytes(_values[i]);
        }
    }

    public byte[] this[long record] => _values[record % Ring];
}
