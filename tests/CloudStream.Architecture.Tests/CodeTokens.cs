using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace CloudStream.Architecture.Tests;

/// <summary>What the instructions of a method's body refer to.</summary>
internal static class CodeTokens
{
    private const int TwoByteOpCodes = 0xFE;

    private static readonly Dictionary<int, OperandType> s_operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value, o => o.OperandType);

    public static List<EntityHandle> Of(ImmutableArray<byte> code)
    {
        var tokens = new List<EntityHandle>();
        ReadOnlySpan<byte> rest = code.AsSpan();
        while (!rest.IsEmpty)
        {
            int opCode = rest[0];
            rest = rest[1..];
            if (opCode == TwoByteOpCodes)
            {
                opCode = opCode << 8 | rest[0];
                rest = rest[1..];
            }

            OperandType operand = s_operands[opCode];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType
                or OperandType.InlineSig)
                tokens.Add(MetadataTokens.EntityHandle(BinaryPrimitives.ReadInt32LittleEndian(rest)));
            rest = rest[Size(operand, rest)..];
        }

        return tokens;
    }

    private static int Size(OperandType operand, ReadOnlySpan<byte> rest) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(rest)),
        _ => 4,
    };
}
