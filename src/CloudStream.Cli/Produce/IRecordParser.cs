using CloudStream.Client;

namespace CloudStream.Cli.Produce;

/// <summary>Turns a line of input into a record, which may be a view of the line.</summary>
internal interface IRecordParser
{
    /// <exception cref="FormatException">What is wrong with the line.</exception>
    ProduceRecord Parse(ReadOnlyMemory<byte> line);
}
