// Owns: properties of Syntax/ over generated input (FsCheck, fixed seeds).

using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace TinyHost.Tests.Syntax;

public sealed class PropertyTests
{
    private static readonly ServerLimits s_limits = new();
    private static readonly ServerLimits s_strict = new() { StrictTargets = true };

    [Fact]
    public void Host_fields_of_any_octets_are_read_as_by_the_reference() =>
        Check(
            Text(
                "[", "]", "[", "]", ":", ":", "::", ".", ".", "0", "1", "255", "256", "01", "f", "abcd", "12345", "v1", "g", "%", "%41",
                "@", "/", ",", "-", "_", "~", "!", " ", "é"),
            host => AgreesWithReference($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            tests: 4_000);

    [Fact]
    public void IPv6_addresses_of_any_form_are_read_as_by_the_reference() =>
        Check(
            Text(":", ":", ":", "::", "1", "ab:", "2001:", "0:", "ffff:", ":1.2.3.4", "1.2.3.4", "12345", "."),
            address => AgreesWithReference($"GET / HTTP/1.1\r\nHost: [{address}]\r\n\r\n"),
            tests: 6_000);

    [Fact]
    public void Targets_of_any_octets_are_read_as_by_the_reference() =>
        Check(
            Text(
                "/", "/", "?", "a", "b.c", "%", "%4", "%41", "%00", "%zz", ":", "@", "*", "http://", "HTTPS://", "a:80", "[::1]", "[",
                "]", "#", "\"", "{", "}", "|", "<", "`", "\\", "\u007F", "é", "..", "&", "=", ";"),
            target => AgreesWithReference($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
                && AgreesWithReference($"OPTIONS {target} HTTP/1.1\r\nHost: a\r\n\r\n")
                && AgreesWithReference($"CONNECT {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
            tests: 4_000);

    [Fact]
    public void Every_octet_at_every_place_in_a_target_is_read_as_by_the_reference()
    {
        string[] targets =
            ["/a*b", "/a?b*c", "/*", "/?*", "*", "*a", "a*:80", "http://a*b/", "http://b/*", "http://b?*", "/%*1", "/%1*", "/?%*1"];
        for (var octet = 0; octet < 256; octet++)
        {
            foreach (var target in targets)
            {
                AgreesWithReference($"GET {target.Replace('*', (char)octet)} HTTP/1.1\r\nHost: a\r\n\r\n");
                AgreesWithReference($"CONNECT {target.Replace('*', (char)octet)} HTTP/1.1\r\nHost: a\r\n\r\n");
            }
        }
    }

    [Fact]
    public void Chunk_lines_of_any_octets_are_read_as_by_the_reference() =>
        Check(
            Text(";", ";", "=", "=", "a", "b1", "\"", "\"", "\\", "\\\"", " ", "\t", "\r", "\n", "é", "\0", "(", "!"),
            extensions => AgreesWithReference(
                $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1{extensions}\r\nx\r\n0\r\n\r\n"),
            tests: 6_000);

    [Fact]
    public void Framing_fields_in_any_combination_are_read_as_by_the_reference() =>
        Check(
            Text(
                "Content-Length: 1\r\n", "Content-Length: 0\r\n", "Content-Length: 01\r\n", "Content-Length: 1,1\r\n",
                "Content-Length:\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: Chunked \r\n", "Transfer-Encoding: gzip\r\n",
                "Transfer-Encoding:\r\n", "Host: a\r\n", "Host: a\r\n", "Host: a\r\n", "Host:\r\n", "Host: a b\r\n",
                "Connection: close\r\n", "Connection: keep-alive, Upgrade\r\n", "Connection: ,\r\n", "Expect: 100-continue\r\n",
                "Expect: x\r\n", "Expect: ,\r\n", "Upgrade: x\r\n"),
            fields => AgreesWithReference($"POST / HTTP/1.1\r\n{fields}\r\n1\r\nx\r\n0\r\n\r\n")
                && AgreesWithReference($"GET http://b HTTP/1.0\r\n{fields}\r\n1\r\nx\r\n0\r\n\r\n"),
            tests: 4_000);

    [Fact]
    public void Content_in_any_chunks_and_any_reads_is_decoded_whole() =>
        Check(
            from sizes in Gen.Choose(1, 40).ListOf()
            from cuts in Gen.Choose(0, 200).ListOf()
            select (Sizes: sizes.ToArray(), Cuts: cuts.ToArray()),
            input =>
            {
                var body = string.Concat(input.Sizes.Select((size, i) => new string((char)('a' + (i % 26)), size)));
                var text = new StringBuilder("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                var start = 0;
                foreach (var size in input.Sizes)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{size:x}\r\n{body.AsSpan(start, size)}\r\n");
                    start += size;
                }

                var octets = Encoding.Latin1.GetBytes(text.Append("0\r\nX: y\r\n\r\n").ToString());
                int[] cuts = [.. input.Cuts.Select(c => Math.Min(c, octets.Length)).Order()];
                var read = MessageReader.Read(octets, s_limits, cuts);
                return read is { End: TranscriptEnd.Between, Requests: [{ Trailers: ["X: y"] } request] } && request.Body == body;
            },
            tests: 500);

    [Fact]
    public void Normalized_paths_are_those_of_the_reference_and_never_longer() =>
        Check(
            Text(
                "/", "/", "/", ".", "..", "a", "b.c", "%2e", "%2E%2e", "%2F", "%2f", "%41", "%25", "%C3%A9", "%C3", "%FF", "%E2%82%AC",
                "%F0%9F%98%80", "%ED%A0%80", "%", "\\", "%5C", "{a}", "|", "[", "\""),
            text =>
            {
                var path = Encoding.ASCII.GetBytes("/" + text);
                var destination = new byte[path.Length];
                var length = TargetPath.Normalize(path, destination);
                var expected = ReferencePath.Normalize("/" + text);
                var actual = length < 0 ? null : Encoding.UTF8.GetString(destination, 0, length);
                return expected == actual && (RequestTarget.NeedsNormalizing(path) || actual == "/" + text);
            },
            tests: 6_000);

    private static bool AgreesWithReference(string text)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        var read = MessageReader.Read(octets, s_limits);
        Assert.Equal(ReferenceReader.Read(octets, ReferenceLimits.Default).Outcome, read.Outcome);
        Assert.Equal(read.ToString(), MessageReader.ReadByteByByte(octets, s_limits).ToString());
        Assert.Equal(ReferenceReader.Read(octets, ReferenceLimits.Strict).Outcome, MessageReader.Read(octets, s_strict).Outcome);
        return true;
    }

    /// <summary>Text composed of fragments, most of them valid in some place.</summary>
    private static Gen<string> Text(params string[] fragments) => Gen.Elements(fragments).ArrayOf().Select(string.Concat).Resize(12);

    private static void Check<T>(Gen<T> inputs, Func<T, bool> property, int tests) =>
        Prop.ForAll(inputs.ToArbitrary(), property)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithQuietOnSuccess(true).WithReplay(9_110UL, 9_112UL * 2 + 1));
}
