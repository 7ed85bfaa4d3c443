// Owns: tests of names that Windows reads as something else.

namespace TinyHost.Tests;

public sealed class WindowsNameTests
{
    [Theory]
    [InlineData("a.txt:stream")]
    [InlineData("a.txt::$DATA")]
    [InlineData("a.txt.")]
    [InlineData("a.txt ")]
    [InlineData("nul")]
    [InlineData("NUL.txt")]
    [InlineData("com1.tar.gz")]
    [InlineData("aux .txt")]
    [InlineData("COM\u00b9")]
    [InlineData("lpt\u00b3.txt")]
    [InlineData("conin$")]
    [InlineData("CONOUT$.log")]
    [InlineData("GIT~1")]
    [InlineData("env~1")]
    [InlineData("PASSWO~1.TXT")]
    [InlineData("SECRE~12.JSO")]
    [InlineData("~1")]
    public void Windows_reads_such_a_name_otherwise(string name) => Assert.True(WindowsName.MeansAnother(name));

    [Theory]
    [InlineData("a.txt")]
    [InlineData("null.txt")]
    [InlineData("com")]
    [InlineData("com\u2074")]
    [InlineData("console")]
    [InlineData("")]
    [InlineData("a~b")]
    [InlineData("a~")]
    [InlineData("backup~")]
    [InlineData("a-long-name~1")]
    [InlineData("a~1.html")]
    [InlineData("a~1.tar.gz")]
    public void Windows_reads_another_name_as_it_is(string name) => Assert.False(WindowsName.MeansAnother(name));
}
