// Owns: running the corpus through the types of Syntax/: whole, byte by byte, cut in two, with octets after it, and against the reference.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.Syntax;

public sealed class CorpusTests
{
    private static readonly ServerLimits s_limits = new();
    private static readonly ServerLimits s_strict = new() { StrictTargets = true };

    public static TheoryData<string> Names => Corpus.Names;

    [Fact]
    public void Corpus_has_at_least_400_cases_and_a_third_of_them_are_valid()
    {
        Assert.InRange(Corpus.All.Count, 400, int.MaxValue);
        Assert.InRange(Corpus.All.Count(c => c.Rejected == RejectReason.None), Corpus.All.Count / 3, Corpus.All.Count);
        Assert.All(Corpus.All, c => Assert.Matches("^RFC [0-9]+ ", c.Section));
    }

    [Fact]
    public void Corpus_has_a_case_for_every_reason_that_depends_on_octets_alone()
    {
        // These depend on time, the connection or the handler.
        RejectReason[] others =
        [
            RejectReason.None,
            RejectReason.UnexpectedEnd,
            RejectReason.HeaderSectionTimeout,
            RejectReason.BodyTooSlow,
            RejectReason.InvalidContent,
            RejectReason.UnsupportedMediaType,
            RejectReason.HandlerTimeout,
            RejectReason.ConcurrencyLimit,
            RejectReason.RateLimit,
            RejectReason.InvalidParameter, RejectReason.MissingCredentials, RejectReason.InvalidCredentials, RejectReason.LoginLimit,
            RejectReason.PlainHttpToTls,
        ];
        Assert.Equal(
            Enum.GetValues<RejectReason>().Except(others).Order(),
            Corpus.All.Select(c => c.Rejected).Where(r => r != RejectReason.None).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whole_case_has_its_outcome(string name)
    {
        var expected = Corpus.Case(name);
        var actual = MessageReader.Read(expected.Octets, s_limits);

        Assert.Equal(expected.Rejected, actual.Reason);
        Assert.Equal(expected.Rejected != RejectReason.None, actual.End == TranscriptEnd.Rejected);
        if (expected.Rejected == RejectReason.None)
        {
            Assert.Equal(expected.Requests[^1].Persistent ? TranscriptEnd.Between : TranscriptEnd.Closed, actual.End);
        }

        Assert.Equal(expected.Requests.Length, actual.Requests.Count);
        foreach (var (request, read) in expected.Requests.Zip(actual.Requests))
        {
            Assert.Equal(request.Method, read.Method);
            Assert.Equal(request.Target, read.Target);
            Assert.Equal(request.MinorVersion, read.MinorVersion);
            Assert.Equal(request.Kind.ToString(), read.Kind);
            Assert.Equal(request.Body, read.Body);
            Assert.Equal(request.Trailers, read.Trailers);
            Assert.Equal(request.Persistent, read.Persistent);
            Assert.Equal(request.ExpectContinue, read.ExpectContinue);
            Assert.Equal(request.UpgradeRequested, read.UpgradeRequested);
            Assert.Equal(request.Host ?? read.Host, read.Host);
            Assert.Equal(request.Path ?? read.Path, read.Path);
            Assert.Equal(request.Query ?? read.Query, read.Query);
            Assert.Equal(request.Fields ?? read.Fields, read.Fields);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_read_byte_by_byte_has_the_same_outcome(string name)
    {
        var octets = Corpus.Case(name).Octets;
        Assert.Equal(MessageReader.Read(octets, s_limits).ToString(), MessageReader.ReadByteByByte(octets, s_limits).ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_cut_in_two_has_the_same_outcome(string name)
    {
        var octets = Corpus.Case(name).Octets;
        var whole = MessageReader.Read(octets, s_limits).ToString();

        // Long cases consist of repetitions: their ends and some places in between are enough.
        for (var cut = 1; cut < octets.Length;)
        {
            Assert.Equal(whole, MessageReader.Read(octets, s_limits, cut).ToString());
            cut += octets.Length > 1_000 && cut > 200 && cut < octets.Length - 200 ? octets.Length / 50 : 1;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_with_octets_after_it_has_the_same_outcome(string name)
    {
        var octets = Corpus.Case(name).Octets;
        var alone = MessageReader.Read(octets, s_limits);
        foreach (var after in new byte[][] { [.. "GET /after HTTP/1.1\r\nHost: a\r\n\r\n"u8], [.. "\r\n"u8], [0], [0xFF, 0xFF] })
        {
            var followed = MessageReader.Read([.. octets, .. after], s_limits);
            Assert.Equal(alone.Requests.Select(r => r.ToString()), followed.Requests.Take(alone.Requests.Count).Select(r => r.ToString()));
            if (alone.End != TranscriptEnd.Between)
            {
                Assert.Equal(alone.ToString(), followed.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Truncated_case_is_rejected_at_the_octet_that_makes_it_invalid_and_not_before(string name)
    {
        var octets = Corpus.Case(name).Octets;
        var isValid = MessageReader.Read(octets, s_limits).End != TranscriptEnd.Rejected;
        for (var length = 0; length <= octets.Length; length += octets.Length > 1_000 ? octets.Length / 10 : 1)
        {
            var part = octets.AsSpan(0, length);
            var read = MessageReader.Read(part, s_limits);
            Assert.Equal(ReferenceReader.Read(part, ReferenceLimits.Default).Outcome, read.Outcome);
            Assert.False(isValid && read.End == TranscriptEnd.Rejected);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Strict_targets_reject_the_targets_outside_the_grammar_and_change_no_other_case(string name)
    {
        var expected = Corpus.Case(name);
        var strict = MessageReader.Read(expected.Octets, s_strict);
        Assert.Equal(ReferenceReader.Read(expected.Octets, ReferenceLimits.Strict).Outcome, strict.Outcome);
        if (expected.IsRefusedStrictly)
        {
            Assert.Equal((RejectReason.InvalidRequestTarget, 0), (strict.Reason, strict.Requests.Count));
        }
        else
        {
            Assert.Equal(MessageReader.Read(expected.Octets, s_limits).ToString(), strict.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reference_reading_of_a_case_agrees(string name)
    {
        var octets = Corpus.Case(name).Octets;
        Assert.Equal(ReferenceReader.Read(octets, ReferenceLimits.Default).Outcome, MessageReader.Read(octets, s_limits).Outcome);
    }
}
