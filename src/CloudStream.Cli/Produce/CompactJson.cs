namespace CloudStream.Cli.Produce;

/// <summary>JSON text without the white space between its tokens; strings and numbers keep their spelling.</summary>
internal static class CompactJson
{
    /// <summary>Shortens <paramref name="json"/>, which must be valid JSON, in place.</summary>
    public static ReadOnlyMemory<byte> Of(byte[] json)
    {
        int length = 0;
        bool inString = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte b = json[i];
            if (inString && b == (byte)'\\')
            {
                json[length++] = b;
                b = json[++i];
            }
            else if (b == (byte)'"')
            {
                inString = !inString;
            }
            else if (!inString && (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                continue;
            }

            json[length++] = b;
        }

        return json.AsMemory(0, length);
    }
}
