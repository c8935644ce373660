# The smallest boot program: Perl is in every image, so this language needs no package.
use strict;
use warnings;

my $nonce = '';
$| = 1;

sub mark { syswrite STDOUT, "\x1b]133;$_[0];aid=$nonce\x07" }

sub take {
    my ($size) = @_;
    my $bytes = '';
    while (length $bytes < $size) {
        sysread(STDIN, $bytes, $size - length $bytes, length $bytes) or exit 0;
    }
    return $bytes;
}

system 'stty', 'raw', '-echo';
syswrite STDOUT, "\x1b]133;ready\x07";
my $length = '';
$length .= take(1) until $length =~ /\n$/;
my $body = take($length);
my $entry;
while (length $body) {
    $body =~ s/^(\w+) ([^\n]*)\n//;
    my ($key, $value) = ($1, $2);
    if ($key eq 'nonce') { $nonce = $value }
    elsif ($key eq 'entry') { $entry = $value }
    elsif ($key eq 'file') {
        my ($size, $name) = split / /, $value, 2;
        open my $file, '>:raw', $name or die $!;
        print $file substr $body, 0, $size, '';
        close $file;
    }
}
system 'stty', 'sane';
# A second Ctrl-C must not end the interpreter while it tells of the first.
$SIG{INT} = 'IGNORE';
sub interruptible {
    my ($code) = @_;
    local $SIG{INT} = sub { die "Interrupted\n" };
    return $code->();
}

sub attempt {
    my ($what, $code) = @_;
    my $value = eval {
        no strict;
        no warnings;
        interruptible(sub { mark("C;what=$what"); $code->() });
    };
    my $failed = $@;
    print STDERR $failed if $failed;
    mark('D;' . ($failed eq "Interrupted\n" ? 130 : $failed ? 1 : 0) . ";what=$what");
    return $value;
}

if (defined $entry) {
    attempt('run', sub { package main; my $done = do "./$entry"; die $@ if $@; $done });
}
while (1) {
    print 'perl> ';
    my $line = eval { interruptible(sub { mark('B'); scalar <STDIN> }) };
    if ($@) { print "\n"; next }
    exit 0 unless defined $line;
    next if $line =~ /^\s*$/;
    my $value = attempt('line', sub { my $result = eval "no strict; $line"; die $@ if $@; $result });
    print "$value\n" if defined $value;
}
