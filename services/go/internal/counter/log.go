package counter

import (
	"log"
	"strings"
	"sync"
	"time"
)

// Lines of a second. The first shows what is wrong, a few more whether it is one thing or several.
const linesPerSecond = 10

// throttledLog has at most so many lines a second: a store that is away fails thousands of calls. Those left out are counted, and
// the next line has their number.
type throttledLog struct {
	mutex   sync.Mutex
	began   time.Time
	lines   int
	leftOut int
}

func (l *throttledLog) error(line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now := time.Now(); now.Sub(l.began) >= time.Second {
		l.began, l.lines = now, 0
	}
	if l.lines == linesPerSecond {
		l.leftOut++
		return
	}
	l.lines++
	line = "ERROR " + strings.ReplaceAll(line, "\n", " ")
	if l.leftOut > 0 {
		log.Printf("%s (%d lines before it were left out)", line, l.leftOut)
		l.leftOut = 0
		return
	}
	log.Print(line)
}
