
var boxscoreSeen string

func boxscoreSee(value interface{}) {
	if boxscoreSeen != "" {
		boxscoreSeen += ","
	}
	boxscoreSeen += fmt.Sprintf("\"%x\"", fmt.Sprintf("%v", value))
}

func boxscoreShow() {
	fmt.Printf("\nboxscore: values\n[%s]\n", boxscoreSeen)
}
